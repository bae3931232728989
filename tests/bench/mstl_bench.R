#!/usr/bin/Rscript
# Answers of R's forecast::stlf (method ets) on the seasonal part of the M4 sample, for mstl_bench: CPU
# milliseconds of decomposition, fit and point forecasts, and the means.
#   mstl_bench.R M4_SAMPLE_FOLDER OUT [all]      all: every seasonal series (some minutes)
suppressMessages(suppressWarnings(library(forecast)))
args <- commandArgs(TRUE)
folder <- args[1]
out <- file(args[2], "w")
list <- read.csv(file.path(folder, "series.csv"), stringsAsFactors = FALSE)
train <- read.csv(file.path(folder, "train.csv"), stringsAsFactors = FALSE)
values <- split(train$y, train$unique_id)
counts <- c(Quarterly = 60, Monthly = 40, Hourly = 10)
if (length(args) > 2 && args[3] == "all") counts[] <- nrow(list)
pick <- function(rows, k) rows[unique(round(seq(1, nrow(rows), length.out = min(k, nrow(rows))))), ]
invisible(stlf(AirPassengers, h = 2))
for (freq in names(counts)) {
  part <- pick(list[list$freq == freq, ], counts[[freq]])
  for (i in seq_len(nrow(part))) {
    y <- ts(values[[part$unique_id[i]]], frequency = part$m[i])
    if (length(y) <= 2 * part$m[i]) next
    t0 <- proc.time()[["user.self"]]
    f <- tryCatch(stlf(y, h = part$h[i], PI = FALSE), error = function(e) NULL)
    if (is.null(f)) next # no model able to be fitted
    ms <- 1000 * (proc.time()[["user.self"]] - t0)
    cat(part$unique_id[i], ms, sprintf("%.17g", f$mean), sep = ",", file = out)
    cat("\n", file = out)
  }
}
close(out)
