-- First steps: a firm's capital expenditure out of its filings, where a figure comes from, a forecast.
--
--   jevons examples/first_steps.lua
local jv = require "jevons"

local here   = arg[0]:match("^(.*)/[^/]*$") or "."
local db     = jv.edgar.open(here .. "/data/edgar")
local amzn   = db:company("AMZN")
local capex  = amzn:quarterly("capex") -- discrete quarters out of year-to-date facts; cash, gross
local sales  = amzn:quarterly("revenue")

print(capex:tail(12))
print("run rate of 2024Q4:", capex["2024Q4"] * 4)
print("last twelve months:", capex:ttm():last())
print("of revenue:", (capex:ttm() / sales:ttm()):last())

print("\nWhere the fourth quarter comes from, which no filing states:")
print(capex:lineage("2024Q4"))

-- What was known on a day, and the forecast that could be made then.
local known = db:company("GOOGL"):as_of("2025-02-07"):quarterly("capex")
local fc = jv.ets(known):forecast(4, { level = { 80, 95 } })
print("\n" .. tostring(fc))
print(fc:annual())
print("filed since for 2025:", db:company("GOOGL"):annual("capex")["2025"])
