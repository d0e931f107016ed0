bellwether_fuzz(detector_fuzz SOURCES detector_fuzz.cc DEPS bellwether::analytics)
bellwether_fuzz(detector_state_fuzz SOURCES detector_state_fuzz.cc DEPS bellwether::analytics)
bellwether_fuzz(groups_fuzz SOURCES groups_fuzz.cc DEPS bellwether::analytics)
bellwether_fuzz(multivariate_state_fuzz SOURCES multivariate_state_fuzz.cc DEPS bellwether::analytics)
