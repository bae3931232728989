-- What the specs of capex share: companyfacts text out of short rows, and companies of it.
local jv = require "jevons"

local M = { capex = "PaymentsToAcquirePropertyPlantAndEquipment" }

-- rows: {tag, start or false, end, value, form, filed, accession}; unit USD, CIK 7.
function M.text(rows)
  local tags, order = {}, {}
  for _, r in ipairs(rows) do
    if not tags[r[1]] then
      tags[r[1]] = {}
      order[#order + 1] = r[1]
    end
    local start = r[2] and ('"start":"%s",'):format(r[2]) or ""
    local shape = '{%s"end":"%s","val":%s,"accn":"%s","fy":2024,"fp":"FY","form":"%s","filed":"%s"}'
    table.insert(tags[r[1]], shape:format(start, r[3], r[4], r[7] or "a-1", r[5] or "10-K", r[6]))
  end
  local out = {}
  for i, tag in ipairs(order) do
    out[i] = ('"%s":{"units":{"USD":[%s]}}'):format(tag, table.concat(tags[tag], ","))
  end
  return '{"cik":7,"entityName":"TEST","facts":{"us-gaap":{' .. table.concat(out, ",") .. "}}}"
end

function M.company(rows) return jv.edgar.read(M.text(rows), "TST") end

function M.example() return jv.edgar.open("examples/data/edgar") end
function M.conformance() return jv.edgar.open("tests/conformance/edgar") end

-- The error object that fn throws.
function M.thrown(fn, ...)
  local good, err = pcall(fn, ...)
  assert(not good, "an error was expected")
  return err
end

function M.millions(q) return jv.number(q) / 1e6 end

return M
