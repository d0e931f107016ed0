bellwether_fuzz(forecast_fuzz SOURCES forecast_fuzz.cc DEPS bellwether::analytics)
