bellwether_fuzz(csv_fuzz SOURCES csv_fuzz.cc DEPS bellwether::connectors)
