-- Lua 5.4; the program gives scripts `help` and the table `arg`.
std = "lua54"
max_line_length = 110
read_globals = { "help" }
files["tests/lua"] = { std = "lua54+busted" }
exclude_files = { "build" }
