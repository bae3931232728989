#!/usr/bin/Rscript
# Answers of R's forecast::ets on a part of the M4 sample, for ets_bench: automatic choice (CPU
# milliseconds of fit and point forecasts, means) and log-likelihoods of single forms.
#   ets_bench.R M4_SAMPLE_FOLDER OUT [all]      all: every series (about ten minutes)
suppressMessages(suppressWarnings(library(forecast)))
args <- commandArgs(TRUE)
folder <- args[1]
out <- file(args[2], "w")
list <- read.csv(file.path(folder, "series.csv"), stringsAsFactors = FALSE)
train <- read.csv(file.path(folder, "train.csv"), stringsAsFactors = FALSE)
values <- split(train$y, train$unique_id)
# enough for stable means, few enough for a few minutes
autos <- c(Yearly = 60, Quarterly = 24, Monthly = 10, Weekly = 24, Daily = 22, Hourly = 3)
singles <- c(Yearly = 24, Quarterly = 8, Monthly = 4, Weekly = 4, Daily = 4, Hourly = 0)
if (length(args) > 2 && args[3] == "all") autos[] <- nrow(list)
pick <- function(rows, k) rows[unique(round(seq(1, nrow(rows), length.out = min(k, nrow(rows))))), ]
series <- function(row) ts(values[[row$unique_id]], frequency = row$m)
forms <- c("ANN", "AAN", "AAdN", "AMN", "AMdN", "MNN", "MAN", "MAdN", "MMN", "MMdN")
seasonal <- c("ANA", "AAA", "AAdA", "MNA", "MAA", "MAdA", "MNM", "MAM", "MAdM",
              "ANM", "AAM", "AAdM", "MMA", "MMdA", "MMM", "MMdM")
invisible(ets(AirPassengers, "ANN"))
for (freq in names(autos)) {
  rows <- list[list$freq == freq, ]
  part <- pick(rows, autos[[freq]])
  for (i in seq_len(nrow(part))) {
    y <- series(part[i, ])
    t0 <- proc.time()[["user.self"]]
    f <- forecast(ets(y), h = part$h[i], PI = FALSE)
    ms <- 1000 * (proc.time()[["user.self"]] - t0)
    cat("auto", part$unique_id[i], ms, sprintf("%.17g", f$mean), sep = ",", file = out)
    cat("\n", file = out)
  }
  part <- if (singles[[freq]]) pick(rows, singles[[freq]]) else part[0, ]
  for (i in seq_len(nrow(part))) {
    y <- series(part[i, ])
    for (form in if (part$m[i] > 1) c(forms, seasonal) else forms) {
      model <- sub("d", "", form)
      fit <- tryCatch(suppressWarnings(ets(y, model, damped = grepl("d", form), restrict = FALSE,
                                           allow.multiplicative.trend = TRUE)),
                      error = function(e) NULL)
      # short series are fitted with something simpler: not a case
      same <- !is.null(fit) && identical(gsub("[ETS(),]", "", fit$method),
                                         gsub("[ETS(),]", "", form))
      loglik <- if (same) sprintf("%.17g", fit$loglik) else "NA"
      cat("form,", part$unique_id[i], ",", form, ",", loglik, "\n", sep = "", file = out)
    }
  }
}
close(out)
