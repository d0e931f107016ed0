bellwether_fuzz(plugin_query_fuzz SOURCES plugin_query_fuzz.cc
                DEPS bellwether::plugin bellwether::connectors bellwether::proto_pluginv2)
