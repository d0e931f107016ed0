#include "server/analytics/forecast/arima_member.h"

#include <span>
#include <vector>

#include "server/analytics/forecast/arima_model.h"
#include "server/analytics/forecast/deseasonalised_member.h"

namespace bellwether {
namespace {

class ArimaMember final : public DeseasonalisedMember {
 public:
  using DeseasonalisedMember::DeseasonalisedMember;

  std::string_view id() const override { return ByMstl() ? "mstl-arima" : "arima"; }

 protected:
  /// Differences, constant, number of autoregressive coefficients, these, then those of the moving average.
  std::vector<double> Choose(std::span<const double> values) const override {
    const ArimaModel model = ChooseArima(values);
    const auto& [ar, ma, constant] = model.arma;
    std::vector<double> parameters = {static_cast<double>(model.differences), constant, static_cast<double>(ar.size())};
    parameters.insert(parameters.end(), ar.begin(), ar.end());
    parameters.insert(parameters.end(), ma.begin(), ma.end());
    return parameters;
  }

  void Extend(std::span<const double> values, std::span<const double> parameters,
              std::span<double> path) const override {
    ArimaModel model;
    model.differences = static_cast<size_t>(parameters[0]);
    model.arma.constant = parameters[1];
    const std::span<const double> coefficients = parameters.subspan(3);
    const auto p = static_cast<size_t>(parameters[2]);
    model.arma.ar.assign(coefficients.begin(), coefficients.begin() + static_cast<ptrdiff_t>(p));
    model.arma.ma.assign(coefficients.begin() + static_cast<ptrdiff_t>(p), coefficients.end());
    ExtendArima(model, values, path);
  }
};

}  // namespace

std::unique_ptr<ForecastMember> MakeArimaMember(const MemberSetting& setting) {
  return std::make_unique<ArimaMember>(setting, Deseasoning::kClassical);
}

std::unique_ptr<ForecastMember> MakeMstlArimaMember(const MemberSetting& setting) {
  return setting.seasons.empty() ? nullptr : std::make_unique<ArimaMember>(setting, Deseasoning::kMstl);
}

}  // namespace bellwether
