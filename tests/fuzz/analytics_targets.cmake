bellwether_fuzz(analytics_fuzz SOURCES analytics_fuzz.cc DEPS bellwether::analytics)
