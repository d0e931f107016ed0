#include "server/plugin/convert/context_convert.h"

namespace bellwether {
namespace {

std::map<std::string, Secret> SecretsFrom(const google::protobuf::Map<std::string, std::string>& proto) {
  std::map<std::string, Secret> secrets;
  for (const auto& [name, text] : proto) {
    secrets.emplace(name, Secret(text));
  }
  return secrets;
}

void SecretsTo(const std::map<std::string, Secret>& secrets, google::protobuf::Map<std::string, std::string>& proto) {
  for (const auto& [name, secret] : secrets) {
    proto[name] = secret.Reveal();
  }
}

User FromProto(const pluginv2::User& proto) {
  return {.login = proto.login(), .name = proto.name(), .email = proto.email(), .role = proto.role()};
}

void ToProto(const User& user, pluginv2::User& proto) {
  proto.set_login(user.login);
  proto.set_name(user.name);
  proto.set_email(user.email);
  proto.set_role(user.role);
}

AppInstance FromProto(const pluginv2::AppInstanceSettings& proto) {
  return {.json_data = proto.jsondata(),
          .secrets = SecretsFrom(proto.decryptedsecurejsondata()),
          .last_updated_unix_ms = proto.lastupdatedms(),
          .api_version = proto.apiversion()};
}

void ToProto(const AppInstance& app, pluginv2::AppInstanceSettings& proto) {
  proto.set_jsondata(app.json_data);
  SecretsTo(app.secrets, *proto.mutable_decryptedsecurejsondata());
  proto.set_lastupdatedms(app.last_updated_unix_ms);
  proto.set_apiversion(app.api_version);
}

DataSourceInstance FromProto(const pluginv2::DataSourceInstanceSettings& proto) {
  return {.id = proto.id(),
          .uid = proto.uid(),
          .name = proto.name(),
          .url = proto.url(),
          .user = proto.user(),
          .database = proto.database(),
          .basic_auth_enabled = proto.basicauthenabled(),
          .basic_auth_user = proto.basicauthuser(),
          .json_data = proto.jsondata(),
          .secrets = SecretsFrom(proto.decryptedsecurejsondata()),
          .last_updated_unix_ms = proto.lastupdatedms(),
          .api_version = proto.apiversion()};
}

void ToProto(const DataSourceInstance& instance, pluginv2::DataSourceInstanceSettings& proto) {
  proto.set_id(instance.id);
  proto.set_uid(instance.uid);
  proto.set_name(instance.name);
  proto.set_url(instance.url);
  proto.set_user(instance.user);
  proto.set_database(instance.database);
  proto.set_basicauthenabled(instance.basic_auth_enabled);
  proto.set_basicauthuser(instance.basic_auth_user);
  proto.set_jsondata(instance.json_data);
  SecretsTo(instance.secrets, *proto.mutable_decryptedsecurejsondata());
  proto.set_lastupdatedms(instance.last_updated_unix_ms);
  proto.set_apiversion(instance.api_version);
}

}  // namespace

PluginContext FromProto(const pluginv2::PluginContext& proto) {
  PluginContext context;
  context.org_id = proto.orgid();
  context.plugin_id = proto.pluginid();
  if (proto.has_user()) {
    context.user = FromProto(proto.user());
  }
  if (proto.has_appinstancesettings()) {
    context.app = FromProto(proto.appinstancesettings());
  }
  if (proto.has_datasourceinstancesettings()) {
    context.data_source = FromProto(proto.datasourceinstancesettings());
  }
  context.grafana_config = {proto.grafanaconfig().begin(), proto.grafanaconfig().end()};
  context.plugin_version = proto.pluginversion();
  context.user_agent = proto.useragent();
  context.api_version = proto.apiversion();
  context.grafana_namespace = proto.namespace_();
  return context;
}

void ToProto(const PluginContext& context, pluginv2::PluginContext& proto) {
  proto.set_orgid(context.org_id);
  proto.set_pluginid(context.plugin_id);
  if (context.user.has_value()) {
    ToProto(*context.user, *proto.mutable_user());
  }
  if (context.app.has_value()) {
    ToProto(*context.app, *proto.mutable_appinstancesettings());
  }
  if (context.data_source.has_value()) {
    ToProto(*context.data_source, *proto.mutable_datasourceinstancesettings());
  }
  proto.mutable_grafanaconfig()->insert(context.grafana_config.begin(), context.grafana_config.end());
  proto.set_pluginversion(context.plugin_version);
  proto.set_useragent(context.user_agent);
  proto.set_apiversion(context.api_version);
  proto.set_namespace_(context.grafana_namespace);
}

}  // namespace bellwether
