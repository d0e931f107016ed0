bellwether_fuzz(frame_arrow_fuzz SOURCES frame_arrow_fuzz.cc DEPS bellwether::frame)
bellwether_fuzz(frame_json_fuzz SOURCES frame_json_fuzz.cc DEPS bellwether::frame)
