-- Runs busted inside the program itself: jevons tests/tools/busted.lua [options] SPEC
require "busted.runner"({ standalone = false })
