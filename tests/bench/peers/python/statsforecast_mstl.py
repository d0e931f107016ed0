"""Forecasts what `forecast_yardstick rolling --export FILE` writes with statsforecast: MSTL with AutoETS on the
deseasonalised series (AutoETS alone without a season), 95 % intervals.

    statsforecast_mstl.py FILE OUTPUT [MOST]

OUTPUT gets key,step,forecast,lower,upper; one JSON line with the processor time of fitting and predicting goes to standard
output. The first forecast is made twice and its first time not counted (compilation). MOST limits the number of series.
"""

import json
import sys
import time

import numpy as np
from statsforecast.models import MSTL, AutoETS


def forecast(values, seasons, horizon):
    usable = [m for m in seasons if 2 * m < len(values)]
    model = MSTL(season_length=usable, trend_forecaster=AutoETS(model="ZZN")) if usable else AutoETS(model="ZZN")
    found = model.forecast(y=values, h=horizon, level=[95])
    return found["mean"], found["lo-95"], found["hi-95"]


def main():
    lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
    lines = lines[: int(sys.argv[3])] if len(sys.argv) > 3 else lines
    seconds, failed = 0.0, 0
    with open(sys.argv[2], "w", encoding="utf-8") as output:
        output.write("key,step,forecast,lower,upper\n")
        for place, line in enumerate(lines):
            key, horizon, seasons, values = line.split("\t")
            numbers = np.array(values.split(","), float)
            periods = [int(m) for m in seasons.split(",") if m]
            try:
                if place == 0:
                    forecast(numbers, periods, int(horizon))
                start = time.process_time()
                columns = forecast(numbers, periods, int(horizon))
                seconds += time.process_time() - start
            except Exception as problem:  # a peer may fail on a series
                print(f"{key}: {problem}", file=sys.stderr)
                failed += 1
                continue
            for step, row in enumerate(zip(*columns), 1):
                output.write(",".join([key, str(step), *(f"{x:.10g}" for x in row)]) + "\n")
    print(json.dumps({"peer": "statsforecast MSTL + AutoETS", "forecasts": len(lines), "failed": failed, "cpu": seconds}))


if __name__ == "__main__":
    main()
