#!/usr/bin/Rscript
# Answers of R's forecast::auto.arima on a part of the M4 sample, for arima_bench: CPU milliseconds of
# fit and point forecasts, and the means.
#   arima_bench.R M4_SAMPLE_FOLDER OUT
suppressMessages(suppressWarnings(library(forecast)))
args <- commandArgs(TRUE)
folder <- args[1]
out <- file(args[2], "w")
list <- read.csv(file.path(folder, "series.csv"), stringsAsFactors = FALSE)
train <- read.csv(file.path(folder, "train.csv"), stringsAsFactors = FALSE)
values <- split(train$y, train$unique_id)
counts <- c(Yearly = 10, Quarterly = 10, Monthly = 10, Weekly = 10, Daily = 10, Hourly = 2)
invisible(auto.arima(AirPassengers))
for (freq in names(counts)) {
  rows <- list[list$freq == freq, ]
  part <- rows[unique(round(seq(1, nrow(rows), length.out = min(counts[[freq]], nrow(rows))))), ]
  for (i in seq_len(nrow(part))) {
    y <- ts(values[[part$unique_id[i]]], frequency = part$m[i])
    t0 <- proc.time()[["user.self"]]
    f <- forecast(auto.arima(y), h = part$h[i])
    ms <- 1000 * (proc.time()[["user.self"]] - t0)
    cat(part$unique_id[i], ms, sprintf("%.17g", f$mean), sep = ",", file = out)
    cat("\n", file = out)
  }
}
close(out)
