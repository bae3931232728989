-- Writes every file of a tree as a C table: embed.lua DIR [NAME=FILE …] > scripts.c
-- Further files (a library of the system's that pages carry) enter under the names given.
-- The table is `const struct jvl_script {const char *name, *text; size_t len;} jvl_scripts[]`,
-- ended by a NULL name; names are relative to DIR, sorted.
local dir = assert(arg[1], "usage: embed.lua DIR")
local names, path = {}, {}
local find = "cd '" .. dir .. "' && find . -type f | sed 's|^./||' | LC_ALL=C sort"
for name in assert(io.popen(find)):lines() do
  names[#names + 1], path[name] = name, dir .. "/" .. name
end
for i = 2, #arg do
  local name, file = arg[i]:match("^([^=]+)=(.+)$")
  names[#names + 1], path[assert(name, "NAME=FILE expected")] = name, file
end
print("/* Generated from " .. dir .. "/ by tests/tools/embed.lua. */\n#include \"scripts_embedded.h\"\n")
for i, name in ipairs(names) do
  local file = assert(io.open(path[name], "rb"))
  local text = file:read("a")
  file:close()
  local out, line = {}, {}
  for k = 1, #text do
    line[#line + 1] = tostring(text:byte(k))
    if #line == 24 then
      out[#out + 1] = table.concat(line, ",")
      line = {}
    end
  end
  line[#line + 1] = "0"
  out[#out + 1] = table.concat(line, ",")
  print(("static const unsigned char file%d[] = {\n%s};"):format(i, table.concat(out, ",\n")))
end
print("const struct jvl_script jvl_scripts[] = {")
for i, name in ipairs(names) do
  print(("  {%q, (const char *)file%d, sizeof file%d - 1},"):format(name, i, i))
end
print("  {NULL, NULL, 0}};")
