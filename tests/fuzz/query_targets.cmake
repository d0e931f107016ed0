bellwether_fuzz(query_fuzz SOURCES query_fuzz.cc DEPS bellwether::query)
