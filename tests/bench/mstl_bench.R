#!/usr/bin/Rscript
# Answers of R's forecast::stlf (method ets) on the seasonal series of the M4 sample, for mstl_bench:
# CPU milliseconds of decomposition, fit and forecasts (it takes no PI = FALSE), and the means.
#   mstl_bench.R M4_SAMPLE_FOLDER OUT
suppressMessages(suppressWarnings(library(forecast)))
args <- commandArgs(TRUE)
folder <- args[1]
out <- file(args[2], "w")
list <- read.csv(file.path(folder, "series.csv"), stringsAsFactors = FALSE)
train <- read.csv(file.path(folder, "train.csv"), stringsAsFactors = FALSE)
values <- split(train$y, train$unique_id)
invisible(stlf(AirPassengers, h = 2))
part <- list[list$m > 1, ]
for (i in seq_len(nrow(part))) {
  y <- ts(values[[part$unique_id[i]]], frequency = part$m[i])
  if (length(y) <= 2 * part$m[i]) next
  t0 <- proc.time()[["user.self"]]
  f <- tryCatch(stlf(y, h = part$h[i]), error = function(e) NULL)
  if (is.null(f)) next # no model able to be fitted
  ms <- 1000 * (proc.time()[["user.self"]] - t0)
  cat(part$unique_id[i], ms, sprintf("%.17g", f$mean), sep = ",", file = out)
  cat("\n", file = out)
}
close(out)
