bellwether_fuzz(calendar_fuzz SOURCES calendar_fuzz.cc DEPS bellwether::analytics)
