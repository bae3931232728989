#!/usr/bin/Rscript
# Answers of R's forecast::thetaf on a part of the M4 sample, for theta_bench: CPU milliseconds of fit
# and point forecasts, and means.
#   theta_bench.R M4_SAMPLE_FOLDER OUT [all]      all: every series
suppressMessages(suppressWarnings(library(forecast)))
args <- commandArgs(TRUE)
folder <- args[1]
out <- file(args[2], "w")
list <- read.csv(file.path(folder, "series.csv"), stringsAsFactors = FALSE)
train <- read.csv(file.path(folder, "train.csv"), stringsAsFactors = FALSE)
values <- split(train$y, train$unique_id)
most <- if (length(args) > 2 && args[3] == "all") nrow(list) else 40
invisible(thetaf(AirPassengers))
for (freq in unique(list$freq)) {
  rows <- list[list$freq == freq, ]
  part <- rows[unique(round(seq(1, nrow(rows), length.out = min(most, nrow(rows))))), ]
  for (i in seq_len(nrow(part))) {
    y <- ts(values[[part$unique_id[i]]], frequency = part$m[i])
    # short times are measured over five calls: the clock ticks in milliseconds
    t0 <- proc.time()[["user.self"]]
    for (k in 1:5) f <- thetaf(y, h = part$h[i], level = 95)
    ms <- 1000 * (proc.time()[["user.self"]] - t0) / 5
    cat(part$unique_id[i], ms, sprintf("%.17g", f$mean), sep = ",", file = out)
    cat("\n", file = out)
  }
}
close(out)
