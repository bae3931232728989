-- jv.edgar.open: a folder of companyfacts files as a list of companies, each read when it is asked for.
--
-- manifest.csv (ticker, cik, and where wanted name and file) gives tickers; any other CIK##########.json
-- in the folder is found by its number. Figures that the facts files lack stand in filings/*.csv beside
-- them, and are added to the companies they belong to.
local jv = require "jevons"
local internal = require "jevons.internal"

local Folder = {}
Folder.__index = Folder
Folder.__name = "jevons.edgar.folder"
Folder.__help = "jv.edgar.open"

local function file_name(cik) return ("CIK%010d.json"):format(cik) end

-- What stands at a path ("directory", "file"), or nil. LuaFileSystem is asked for when it is needed:
-- the module loads where only series and models are used, and it is not installed.
local function kind_of(path) return (require("lfs").attributes(path, "mode")) end

-- Sorted names of the files in a folder that match a pattern; {} when there is no such folder.
local function list(dir, pattern)
  local names = {}
  if kind_of(dir) ~= "directory" then return names end
  local readable, entries, handle = pcall(require("lfs").dir, dir)
  if not readable then jv.error("io", entries) end
  for name in entries, handle do
    if name:match(pattern) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function cik_of(text)
  local digits = tostring(text):match("^[Cc]?[Ii]?[Kk]?%s*0*(%d+)$")
  return digits and #digits <= 10 and math.tointeger(tonumber(digits)) or nil
end

local function add_entry(self, entry, where)
  local known = self.by_cik[entry.cik]
  if known then jv.error("parse", ("%s: CIK %d stands twice"):format(where, entry.cik)) end
  if entry.ticker and self.by_ticker[entry.ticker] then
    jv.error("parse", ("%s: ticker %s stands twice"):format(where, entry.ticker))
  end
  self.by_cik[entry.cik] = entry
  if entry.ticker then self.by_ticker[entry.ticker] = entry end
  self.entries[#self.entries + 1] = entry
end

local function read_manifest(self)
  local path = self.dir .. "/manifest.csv"
  if not kind_of(path) then return end
  local rows = jv.csv.read(path, { types = "text" })
  local has = {}
  for _, name in ipairs(rows.columns) do has[name] = true end
  for _, name in ipairs { "ticker", "cik" } do
    if not has[name] then jv.error("parse", ("%s: column '%s' is missing"):format(path, name)) end
  end
  for i, row in ipairs(rows) do
    local where = ("%s: row %d"):format(path, i)
    local cik = cik_of(row.cik)
    if not cik then
      jv.error("parse", ("%s: cik: wanted a whole number, found '%s'"):format(where, row.cik))
    end
    local ticker = row.ticker ~= "" and row.ticker:upper() or nil
    local file = row.file and row.file ~= "" and row.file or file_name(cik)
    add_entry(self, { cik = cik, ticker = ticker, name = row.name, file = file }, where)
  end
end

local function read_folder(self)
  for _, name in ipairs(list(self.dir, "^CIK%d+%.json$")) do
    local cik = cik_of(name:match("%d+"))
    if cik and not self.by_cik[cik] then add_entry(self, { cik = cik, file = name }, name) end
  end
end

function jv.edgar.open(dir)
  if type(dir) ~= "string" then jv.error("invalid", "jv.edgar.open takes the path of a folder") end
  if kind_of(dir) ~= "directory" then
    jv.error("not_found", ("%s: no such folder"):format(dir))
  end
  local self = setmetatable(
    { dir = dir, entries = {}, by_cik = {}, by_ticker = {}, loaded = {}, more = {} }, Folder)
  read_manifest(self)
  read_folder(self)
  if #self.entries == 0 then
    jv.error("not_found", ("%s: neither manifest.csv nor a file CIK##########.json"):format(dir))
  end
  for _, name in ipairs(list(dir .. "/filings", "%.csv$")) do
    self.more[#self.more + 1] = dir .. "/filings/" .. name
  end
  return self
end

jv.doc("jv.edgar.open", jv.edgar.open, [[
jv.edgar.open(folder) -> folder of companies

A folder of files in the shape of the SEC's companyfacts API, CIK##########.json. Its manifest.csv, if
there is one, gives tickers (columns ticker, cik; name and file where wanted). Files are read when their
company is asked for, and kept. Every filings/*.csv in the folder adds figures that the facts lack
(company:add says the columns).

  db:company("AMZN"), db:company(1018724)   a company; throws when there is none, or its file is broken
  db:find_company(x)                        the same, or nil, message, code
  db:companies()                            tickers (numbers for those without), sorted
  db:ciks()                                 ticker -> CIK, for links to filings
  db:add(path)                              a further CSV of figures
  db:add_management_reported(path)          figures as management reports them

Errors: not_found (no folder, nothing in it), parse (manifest: file and row).]])

-- ---- companies ----

function Folder:companies()
  local names = {}
  for i, entry in ipairs(self.entries) do names[i] = entry.ticker or tostring(entry.cik) end
  table.sort(names)
  return names
end

-- Ticker -> CIK, for links to filings; reads no facts.
function Folder:ciks()
  local out = {}
  for _, entry in ipairs(self.entries) do out[entry.ticker or tostring(entry.cik)] = entry.cik end
  return out
end

-- What may have been meant: a ticker one slip away, or a name that begins like it.
local function suggestion(self, asked)
  local text = tostring(asked)
  for _, entry in ipairs(self.entries) do
    local name = entry.name and entry.name:upper() or ""
    if #text >= 3 and name:sub(1, #text) == text:upper() then return entry.ticker or entry.cik end
  end
  return internal.nearest(text:upper(), self:companies())
end

local function entry_of(self, asked)
  if type(asked) == "string" and self.by_ticker[asked:upper()] then
    return self.by_ticker[asked:upper()]
  end
  if type(asked) ~= "string" and math.type(asked) ~= "integer" then
    jv.error("invalid", "a company is asked for by its ticker or its number (CIK)")
  end
  local cik = cik_of(asked)
  if cik and self.by_cik[cik] then return self.by_cik[cik] end
  local near = suggestion(self, asked)
  return nil, ("%s: no company '%s'%s"):format(self.dir, asked,
    near and (", did you mean '%s'?"):format(near) or "; the folder has "
      .. table.concat(self:companies(), ", ", 1, math.min(#self.entries, 12)))
end

local function load(self, entry)
  if self.loaded[entry.cik] then return self.loaded[entry.cik] end
  local path = self.dir .. "/" .. entry.file
  local company = jv.edgar.read(jv.file.read(path), entry.ticker, path)
  if company.cik ~= entry.cik then
    jv.error("data", ("%s: is of CIK %d, CIK %d was expected"):format(path, company.cik, entry.cik))
  end
  for _, more in ipairs(self.more) do company:add(jv.file.read(more), more) end
  self.loaded[entry.cik] = company
  return company
end

function Folder:company(asked)
  local entry, message = entry_of(self, asked)
  if not entry then jv.error("not_found", message) end
  return load(self, entry)
end

function Folder:find_company(asked)
  local entry, message = entry_of(self, asked)
  if not entry then return nil, message, "not_found" end
  local good, company = pcall(load, self, entry)
  if good then return company end
  if type(company) ~= "table" then error(company, 0) end
  return nil, company.message, company.code
end

function Folder:add(path)
  local text = jv.file.read(path)
  for _, company in pairs(self.loaded) do company:add(text, path) end
  self.more[#self.more + 1] = path
  return self
end

-- ---- vintages ----

-- Days on which a filing with facts of the concept came out, ascending.
local function filing_days(company, concept)
  local days, seen = {}, {}
  for _, fact in ipairs(company:facts(concept)) do
    if not seen[fact.filed] then
      seen[fact.filed] = true
      days[#days + 1] = fact.filed
    end
  end
  table.sort(days)
  return days
end

-- The figure as of a day, or nothing: before the first annual report there is not even a calendar.
local function known_on(company, day, concept, period, options)
  local view = company:as_of(day)
  local ask = tostring(period):match("Q") and view.quarterly or view.annual
  local good, series = pcall(ask, view, concept, options)
  local figure = good and series[period]
  return figure and not figure:is_missing() and figure or nil
end

function jv.edgar.vintages(company, concept, period, options)
  local out = {}
  for _, day in ipairs(filing_days(company, concept)) do
    local figure = known_on(company, day, concept, period, options)
    local last = out[#out]
    if figure and (not last or jv.number(figure) ~= jv.number(last.figure)) then
      out[#out + 1] = { known = day, figure = figure }
    end
  end
  return out
end

jv.doc("jv.edgar.vintages", jv.edgar.vintages, [[
jv.edgar.vintages(company, concept, period [, options]) -> list

What a period's figure has been: tables with known (the day from which it stood) and figure, one for
each change, the first as first known. period is a fiscal quarter or year of the company, as text;
options as for company:quarterly.]])

-- ---- figures as management reports them ----

-- "MSFT-FY2025-Q1" under the company's fiscal calendar.
local function reported_period(company, text)
  local year, quarter = text:match("FY(%d%d%d%d)%-?(Q[1-4])$")
  if not year then return nil end
  return jv.period("FY" .. year .. quarter, company.freq)
end

local function reported_row(company, row)
  local period = reported_period(company, row.period)
  local currency, scale = row.unit:match("^(%u%u%u) (%a+)$")
  if not period or scale ~= "billions" then return nil end
  return table.concat({ company.cik, "management", "CapitalExpendituresIncludingFinanceLeases",
    period:first_day(), period:last_day(), ("%.0f"):format(tonumber(row.value) * 1e9), currency,
    "", "management", row.published }, ",")
end

function Folder:add_management_reported(path)
  local rows = jv.csv.read(path, { types = "text" })
  for _, row in ipairs(rows) do
    local company = row.definition:match("total%-capex$") and self:find_company(row.ticker)
    local line = company and reported_row(company, row)
    if line then
      company:add("cik,taxonomy,tag,start,end,value,unit,accession,form,filed\n" .. line .. "\n", path)
    end
  end
  return self
end

function Folder:__tostring()
  return ("%s: %d companies (%s)"):format(self.dir, #self.entries,
    table.concat(self:companies(), ", ", 1, math.min(#self.entries, 12)))
end

return jv.edgar
