-- Reports out of blocks: a script says what there is to read, renderers say how it looks.
--
-- A report is a list of blocks, plain tables with a `kind`: heading, text, number, table, chart,
-- warning, missing, section. Each kind has one constructor below, which checks what it is given at
-- the script's line; each output format is one module with `render(report)` and is found by name
-- in `formats`. A new format adds a module, and no script changes.
local chart = require "jevons.report.chart"
local figure = require "jevons.report.figure"
local jv = require "jevons"
local lineage = require "jevons.report.lineage"

local report = {}

-- Takes off the indentation that lines after the first share: texts may stand indented in a script.
local function dedent(text)
  local least
  for indent in text:gmatch("\n( *)[^ \n]") do
    least = least and math.min(least, #indent) or #indent
  end
  if not least or least == 0 then return text end
  return (text:gsub("\n" .. (" "):rep(least), "\n"))
end

local function dedent_all(list)
  local out = {}
  for i, text in ipairs(list or {}) do out[i] = dedent(text) end
  return out
end

-- The methods of a report and of a section in it; sections nest.
local methods = {}
methods.__index = methods
methods.__help = "jv.report"

report.formats = {
  html = "jevons.report.html",
  markdown = "jevons.report.markdown",
  csv = "jevons.report.csv",
}

local function fail(level, message, ...)
  error("report: " .. message:format(...), level + 1)
end

local function check_type(level, what, value, wanted, optional)
  if value == nil and optional then return end
  if type(value) ~= wanted then
    fail(level + 1, "%s: %s expected, got %s", what, wanted, type(value))
  end
end

-- Refuses keys that a block does not know: a misspelt option is not passed over in silence.
local function check_keys(level, what, given, known)
  for key in pairs(given) do
    if not known[key] then
      local names = {}
      for name in pairs(known) do names[#names + 1] = name end
      table.sort(names)
      fail(level + 1, "%s has no option %q; it has %s", what, tostring(key), table.concat(names, ", "))
    end
  end
end

local function set(...)
  local out = {}
  for _, name in ipairs { ... } do out[name] = true end
  return out
end

local REPORT_KEYS = set("title", "subtitle", "date", "as_of", "ciks", "language")

function report.new(options)
  check_type(2, "new", options, "table")
  check_keys(2, "new", options, REPORT_KEYS)
  check_type(2, "title", options.title, "string")
  local r = setmetatable({ kind = "report", blocks = {}, depth = 0 }, methods)
  for key, value in pairs(options) do r[key] = value end
  return r
end

local function add(self, block)
  self.blocks[#self.blocks + 1] = block
  return block
end

function methods:heading(text)
  check_type(2, "heading", text, "string")
  add(self, { kind = "heading", text = text, depth = self.depth + 1 })
  return self
end

-- Gives each {name}, {name:unit} and {name:unit:digits} of a text a figure of the block's own, named
-- {name_1} and so on; true as a second result when none of them is missing.
local function place(block, text, given)
  local all_there = true
  text = text:gsub("{([%a_][%w_]*):?([^{}:]*):?(%d*)}", function(name, unit, digits)
    block.count = (block.count or 0) + 1
    local key, value = name .. "_" .. block.count, given[name]
    all_there = all_there and value ~= nil and figure.of(value).kind ~= "missing"
    if value ~= nil and unit ~= "" then
      value = { quantity = value, unit = unit, digits = tonumber(digits) }
    end
    block.figures[key], block.labels[key] = value, name
    return "{" .. key .. "}"
  end)
  return text, all_there
end

function methods:text(markdown, figures)
  check_type(2, "text", markdown, "string")
  check_type(2, "text's figures", figures, "table", true)
  local block = { kind = "text", figures = {}, labels = {} }
  block.markdown = dedent(place(block, markdown, figures or {}))
  for name in pairs(block.labels) do
    if block.figures[name] == nil then
      fail(2, "text: {%s} stands in it, and no figure of that name is given", block.labels[name])
    end
  end
  return add(self, block)
end

function methods:summary(markdown, figures)
  local block = self:text(markdown, figures)
  block.lead = true
  return block
end

function methods:findings(list)
  check_type(2, "findings", list, "table")
  local lines, block = {}, { kind = "text", lead = true, figures = {}, labels = {} }
  for _, finding in ipairs(list) do
    local text, all_there = place(block, finding[1], finding)
    if all_there then lines[#lines + 1] = "- " .. text end
  end
  block.markdown = table.concat(lines, "\n")
  return add(self, block)
end

local NUMBER_KEYS = set("label", "value", "unit", "digits", "signed", "text")

function methods:number(options)
  check_type(2, "number", options, "table")
  check_keys(2, "number", options, NUMBER_KEYS)
  check_type(2, "number's label", options.label, "string")
  local block = { kind = "number" }
  for key, value in pairs(options) do block[key] = value end
  return add(self, block)
end

local TABLE_KEYS = set("title", "columns", "rows", "notes", "name")
local COLUMN_KEYS = set("key", "title", "unit", "digits", "signed", "align", "kind", "head", "markdown",
                        "source")

-- {key, title, unit, digits, …} with the names of the first four left out.
local function read_column(given)
  local column = {}
  for key, value in pairs(given) do column[({ "key", "title", "unit", "digits" })[key] or key] = value end
  return column
end

function methods:table(options)
  check_type(2, "table", options, "table")
  check_keys(2, "table", options, TABLE_KEYS)
  check_type(2, "table's title", options.title, "string")
  check_type(2, "table's columns", options.columns, "table")
  check_type(2, "table's rows", options.rows, "table")
  local block = { kind = "table" }
  for key, value in pairs(options) do block[key] = value end
  block.columns = {}
  for i, given in ipairs(options.columns) do
    check_type(2, ("column %d"):format(i), given, "table")
    local column = read_column(given)
    check_keys(2, ("column %d"):format(i), column, COLUMN_KEYS)
    check_type(2, ("column %d's key"):format(i), column.key, "string")
    block.columns[i] = column
  end
  block.notes = dedent_all(options.notes)
  return add(self, block)
end

local CHART_KEYS = set("title", "unit", "digits", "series", "forecast", "marker", "lines", "alt",
                       "notes", "name", "from", "zero", "small")

function methods:chart(options)
  check_type(2, "chart", options, "table")
  check_keys(2, "chart", options, CHART_KEYS)
  check_type(2, "chart's title", options.title, "string")
  check_type(2, "chart's alt", options.alt, "string")
  local ok, block = pcall(chart.new, options)
  if not ok then fail(2, "chart %q: %s", options.title, tostring(block)) end
  block.notes = dedent_all(options.notes)
  return add(self, block)
end

function methods:warning(text)
  check_type(2, "warning", text, "string")
  return add(self, { kind = "warning", markdown = dedent(text) })
end

function methods:missing(options)
  check_type(2, "missing", options, "table")
  check_keys(2, "missing", options, set("what", "add"))
  check_type(2, "missing's what", options.what, "string")
  return add(self, { kind = "missing", what = options.what, add = options.add })
end

function methods:section(title)
  check_type(2, "section", title, "string")
  local part = setmetatable({ kind = "section", title = title, blocks = {}, depth = self.depth + 1 },
                            methods)
  return add(self, part)
end

function methods:walk(visit)
  for _, block in ipairs(self.blocks) do
    visit(block)
    if block.kind == "section" then block:walk(visit) end
  end
end

function methods:render(format)
  local module = report.formats[format]
  if not module then fail(2, "no format %q", tostring(format)) end
  return require(module).render(self)
end

-- Makes a folder and those above it; one that cannot be made shows when the file is written.
local function make_folder(path)
  local lfs = require "lfs"
  if path == "" or lfs.attributes(path, "mode") then return end
  make_folder(path:match("^(.*)/[^/]*$") or "")
  lfs.mkdir(path)
end

local function write(path, text)
  make_folder(path:match("^(.*)/[^/]*$") or "")
  jv.file.write(path, text)
end

function methods:write_html(path)
  write(path, self:render("html"))
  return path
end

function methods:write_markdown(path)
  write(path, self:render("markdown"))
  return path
end

function methods:write_csv(folder)
  local paths = {}
  for _, file in ipairs(self:render("csv")) do
    paths[#paths + 1] = folder .. "/" .. file.name
    write(paths[#paths], file.text)
  end
  return paths
end

function report.arithmetic(quantity)
  local tree = lineage.graph(quantity.lineage)
  return tree and lineage.arithmetic(tree, quantity.unit)
end

function report.accessions(quantity)
  local tree, list = lineage.graph(quantity.lineage), {}
  for i, node in ipairs(tree and lineage.filings(tree) or {}) do list[i] = node.accession end
  return list
end

function report.workings(quantity)
  local formula = report.arithmetic(quantity)
  return (formula and formula .. "  \n" or "") .. table.concat(report.accessions(quantity), ", ")
end

-- ---- documentation, as help() shows it ----

jv.doc("jv.report", nil, [[
jv.report

Reports out of blocks: r = jv.report.new{title=…}, then r:findings, r:text, r:table, r:chart, r:number,
r:warning, r:missing, r:heading, and r:section for parts that have the same methods. r:write_html,
r:write_markdown and r:write_csv write it. Figures keep their unit, evidence and lineage: a reader sees
where each comes from. A block is a table with a `kind`; a further format is a module with
render(report), entered in jv.report.formats under its name.]])

jv.doc("jv.report.new", report.new, [[
jv.report.new{title=, subtitle=, date=, as_of=, ciks=, language=} -> report

A new report. title: what it is about. subtitle, date, as_of: texts for its head; nothing is
taken from the clock, so that the same input gives the same bytes. ciks: ticker -> CIK, for links.]])

jv.doc("jv.report.arithmetic", report.arithmetic, [[
jv.report.arithmetic(quantity) -> text or nil

How a figure follows from those filed, in a line: "82,999 − 55,165 = 27,834 mn USD". nil for a figure
that is itself filed, and for one with too many parts to read.]])

jv.doc("jv.report.accessions", report.accessions, [[
jv.report.accessions(quantity) -> list of texts

The accession numbers of the filings that a figure rests on, each once.]])

jv.doc("jv.report.workings", report.workings, [[
jv.report.workings(quantity) -> text

The two of them in Markdown: the arithmetic, where there is any, and the filings below it.]])

jv.doc("report:heading", methods.heading, [[
report:heading(text) -> report

A heading inside the present section.]])

jv.doc("report:text", methods.text, [[
report:text(markdown [, figures]) -> block

Paragraphs in Markdown. {name} in it stands for figures.name (a number, quantity or
{quantity=, unit=, digits=, signed=}), shown with its unit and lineage; {name:USD bn:1} says unit and
digits in the text itself.]])

jv.doc("report:summary", methods.summary, [[
report:summary(markdown [, figures]) -> block

The answer first: like text, set apart at the head of the report or section.]])

jv.doc("report:findings", methods.findings, [[
report:findings{{text, name = figure, …}, …} -> block

The answer first, as a list: each finding is a text in Markdown with {name} for its figures, as in
report:text. A finding of which a figure is missing is left out.]])

jv.doc("report:number", methods.number, [[
report:number{label=, value=, unit=, digits=, signed=, text=} -> block

One figure that stands alone: label, value (number or quantity), unit to show it in, a sentence.]])

jv.doc("report:table", methods.table, [[
report:table{title=, columns=, rows=, notes=, name=} -> block

A table. columns: {key, title, unit, digits, signed= (a plus is shown), head= (the row's name),
kind= ("verdict": a text, or what jv.claim.check gives), markdown=, align=, source= (a text: where
figures without lineage come from)}; rows: tables by column key; a row may say total = true (a rule
above it) and missing = "what, and how to add it". name: the CSV's file name. notes: Markdown lines
under the table.]])

jv.doc("report:chart", methods.chart, [[
report:chart{title=, alt=, unit=, series=, forecast=, marker=, lines=, …} -> block

A line chart. series: {name=, data= series or list of {period, value}, style= "dashed"|"points"};
forecast: {name=, mean=, intervals={{level=, lower=, upper=}}} or {name=, of= forecast object,
levels={80, 95}}; both may have source, a text, for figures without lineage; marker: {at= date,
label=}; lines: {{value=, label=}} across; alt: what a reader who cannot see it is told. Shown in
`unit`, from period `from` on; zero = false lets the axis begin above it; neighbours with small =
true stand side by side.]])

jv.doc("report:warning", methods.warning, [[
report:warning(markdown) -> block

Something the reader must know before believing the figures.]])

jv.doc("report:missing", methods.missing, [[
report:missing{what=, add=} -> block

A figure that is not there, by name, and what would bring it: missing{what=, add=}.]])

jv.doc("report:section", methods.section, [[
report:section(title) -> section

A part with a title; returns it, to add blocks to. It has the methods of a report.]])

jv.doc("report:walk", methods.walk, [[
report:walk(visit)

Every block of a report or section with its depth, sections before their content.]])

jv.doc("report:render", methods.render, [[
report:render(format) -> text or list

The text of the report in a format ("html", "markdown"; "csv" gives a list of {name, text}).]])

jv.doc("report:write_html", methods.write_html, [[
report:write_html(path) -> path

One self-contained page: tables, charts, lineage; opens without a network.]])

jv.doc("report:write_markdown", methods.write_markdown, [[
report:write_markdown(path) -> path

The same in Markdown, for places without a browser.]])

jv.doc("report:write_csv", methods.write_csv, [[
report:write_csv(folder) -> list of paths

One CSV for each table and chart into a folder, which is made if need be; returns the list of paths.]])

return report
