-- jv.claim: verdicts in words on printed figures, with the arithmetic and what is missing.
local jv = require "jevons"

local kinds = { exact = true, about = true, at_least = true, at_most = true }

-- The figure as a number in the claim's unit, and as a quantity where it is one.
local function in_unit(figure, unit)
  if figure == nil or type(figure) == "number" or not unit then return figure end
  return figure:convert(unit)
end

-- The reason of the unresolved figure that a missing one was made from.
local function reason_in(node)
  local reason = (node.operation or ""):match("^unresolved: (.*)$")
  if reason then return reason end
  for _, input in ipairs(node:inputs()) do
    reason = reason_in(input)
    if reason then return reason end
  end
end

-- Why a figure is not there: what the caller says, or the reason at the root of its lineage.
local function missing(entry)
  if entry.missing then return entry.missing end
  local figure = entry.figure
  local root = figure ~= nil and type(figure) ~= "number" and figure.lineage
  return root and reason_in(root) or root and root.operation or "no figure"
end

local function judge_one(claim, entry)
  local under = entry.definition and " under " .. entry.definition or ""
  local figure = in_unit(entry.figure, claim.unit)
  local verdict, how, gap = jv.claim.judge(claim.printed, figure, claim.kind)
  local out = { verdict = verdict, how = how ~= "" and how or nil, definition = entry.definition,
    figure = figure, arithmetic = entry.arithmetic }
  local measured = type(figure) ~= "number" and figure or nil
  local unit = claim.unit or measured and measured.unit
  if verdict ~= "cannot be checked" then
    out.difference = measured and jv.quantity(gap, unit, { status = measured.status }) or gap
  end
  if verdict == "agrees" then
    out.text = ("agrees%s (%s)"):format(under, how)
  elseif verdict == "differs" then
    out.text = ("differs by %s%s"):format(jv.quantity(gap, unit), under)
  else
    out.missing = missing(entry)
    out.text = ("cannot be checked%s: %s"):format(under, out.missing)
  end
  return out
end

local names = { claim = true, unit = true, kind = true, figure = true, definition = true,
  missing = true, arithmetic = true, figures = true }

local function read_claim(spec)
  for key in pairs(spec) do
    if not names[key] then jv.error("invalid", ("jv.claim.check: unknown field '%s'"):format(key), 3) end
  end
  if spec.claim == nil then
    jv.error("invalid", "jv.claim.check: claim, the printed figure, is missing", 3)
  end
  if spec.kind and not kinds[spec.kind] then
    jv.error("invalid", ("jv.claim.check: kind '%s': exact, about, at_least or at_most"):format(spec.kind), 3)
  end
  return { printed = tostring(spec.claim), unit = spec.unit, kind = spec.kind or "exact" }
end

-- The verdict of the whole: the first definition that agrees; else that it differs, where any does.
local function choose(results)
  for rank, wanted in ipairs { "agrees", "differs", "cannot be checked" } do
    for _, result in ipairs(results) do
      if result.verdict == wanted then return result, rank end
    end
  end
end

function jv.claim.check(spec)
  if type(spec) ~= "table" then jv.error("invalid", "jv.claim.check takes a table") end
  local claim = read_claim(spec)
  local entries = spec.figures or { { figure = spec.figure, definition = spec.definition,
    missing = spec.missing, arithmetic = spec.arithmetic } }
  local results, texts = {}, {}
  for i, entry in ipairs(entries) do
    results[i] = judge_one(claim, entry)
    texts[i] = results[i].text
  end
  local best = choose(results)
  if not best then jv.error("invalid", "jv.claim.check: figures is empty") end
  local named = best.verdict == "agrees" and best.definition
  return { verdict = named and "agrees under " .. best.definition or best.verdict,
    agrees = best.verdict == "agrees", text = table.concat(texts, "; "), how = best.how,
    definition = best.definition, difference = best.difference, figure = best.figure,
    arithmetic = best.arithmetic, missing = best.missing, results = results }
end

jv.doc("jv.claim.check", jv.claim.check, [[
jv.claim.check{claim=, figure= [, unit=, kind=, definition=, arithmetic=, missing=]} -> verdict
jv.claim.check{claim=, figures={{figure=, definition=, arithmetic=, missing=}, …} [, unit=, kind=]}

Does the figure agree with a printed one? claim is the figure as printed ("26.3", a text, for its
precision counts); figure a quantity (brought to unit), or a number in the claim's unit; nil, or missing,
cannot be checked, and missing= or the figure's lineage says why. kind: exact, about (2.5 %), at_least,
at_most. With figures, each is one definition; the first that agrees decides.

The verdict is a table: verdict (agrees, agrees under D, differs, cannot be checked), agrees (boolean),
text (all definitions in words), how (rounds, truncates, …), difference (figure less claim), definition,
figure, arithmetic, missing, and results, one for each figure.

Errors: parse (claim is no figure), unit, invalid.]])

function jv.claim.plan(spec)
  if type(spec) ~= "table" or spec.claim == nil then
    jv.error("invalid", "jv.claim.plan takes a table with claim, the printed figure")
  end
  local claim = { printed = tostring(spec.claim), unit = spec.unit, kind = spec.kind or "about" }
  local _, _, _, value = jv.claim.judge(claim.printed, nil, claim.kind)
  local out = { outcome = jv.claim.check { claim = claim.printed, unit = claim.unit, kind = claim.kind,
    figure = spec.outcome, definition = spec.definition, missing = spec.missing,
    arithmetic = spec.arithmetic } }
  local stated = spec.guidance
  if not stated then
    out.guidance = { verdict = "cannot be checked", text = "no guidance of that date is in the data" }
    return out
  end
  local scaled = spec.unit and jv.quantity(value, spec.unit) or value
  local place = jv.guidance.compare(stated, scaled)
  local lower = stated.low and claim.kind == "at_least" and place == "within"
  out.guidance = { verdict = (place == "within" or lower) and "consistent" or place, statement = stated,
    text = ("%s: %s %s of %s"):format(place == "within" and "consistent with the guidance"
      or place == "unknown" and "cannot be held against the guidance" or place .. " the guidance",
      stated.ticker, stated.period, stated.said ~= "" and stated.said or "an unknown day") }
  return out
end

jv.doc("jv.claim.plan", jv.claim.plan, [[
jv.claim.plan{claim=, guidance=, outcome= [, unit=, kind=, definition=, missing=]} -> two verdicts

A plan gets two: guidance, whether it is consistent with the statement of that date (a table of
jv.guidance.read, or nil), with verdict, text and statement; and outcome, what has become of it, as
jv.claim.check gives it for the figure since reported. kind defaults to about.]])

return jv.claim
