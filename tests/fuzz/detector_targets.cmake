bellwether_fuzz(detector_fuzz SOURCES detector_fuzz.cc DEPS bellwether::analytics)
