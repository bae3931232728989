# accuracy.R TRAIN.csv MODEL m h OUT.csv: R forecast's model on every series of a panel, with intervals of
# 80 and 95 per cent. Rows unique_id,ds,mean,lo80,hi80,lo95,hi95; a series that fails has none.
suppressMessages(library(forecast))
args <- commandArgs(TRUE)
train <- read.csv(args[1], colClasses = c("character", "integer", "numeric"))
m <- as.integer(args[3])
h <- as.integer(args[4])
level <- c(80, 95)
models <- list(
  thetaf = function(y) thetaf(y, h = h, level = level),
  naive = function(y) naive(y, h = h, level = level),
  snaive = function(y) snaive(y, h = h, level = level),
  rwf = function(y) rwf(y, drift = TRUE, h = h, level = level),
  meanf = function(y) meanf(y, h = h, level = level),
  ses = function(y) ses(y, h = h, level = level),
  holt = function(y) holt(y, h = h, level = level),
  hw = function(y) hw(y, h = h, level = level),
  ets = function(y) forecast(ets(y), h = h, level = level),
  auto.arima = function(y) forecast(auto.arima(y), h = h, level = level),
  stlf = function(y) stlf(y, h = h, level = level),
  bats = function(y) forecast(bats(y, use.parallel = FALSE), h = h, level = level),
  tbats = function(y) forecast(tbats(y, use.parallel = FALSE), h = h, level = level)
)
model <- models[[args[2]]]
rows <- list()
for (id in unique(train$unique_id)) {
  y <- train$y[train$unique_id == id]
  fc <- try(model(ts(y, frequency = m)), silent = TRUE)
  if (inherits(fc, "try-error")) next
  ends <- matrix(c(as.numeric(fc$lower), as.numeric(fc$upper)), nrow = h) # lo80, lo95, hi80, hi95
  rows[[id]] <- data.frame(unique_id = id, ds = length(y) + seq_len(h), mean = as.numeric(fc$mean),
                           lo80 = ends[, 1], hi80 = ends[, 3], lo95 = ends[, 2], hi95 = ends[, 4])
}
if (length(rows) == 0) stop("no series can be forecast")
out <- do.call(rbind, rows)
write.table(format(out, digits = 12, trim = TRUE, scientific = FALSE), paste0(args[5], ".part"), sep = ",",
            row.names = FALSE, quote = FALSE)
file.rename(paste0(args[5], ".part"), args[5])
