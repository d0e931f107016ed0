#pragma once

#include <string>

#include "server/query/exec/incident_facts.h"
#include "server/query/exec/model_input.h"

namespace bellwether {

/// The facts of an incident in one to three plain sentences: what happened with which numbers in the series' own unit,
/// how unusual that is, where in a group it sits.
[[nodiscard]] std::string ExplainIncident(const IncidentFact& fact, const ModelSeries& series);

/// "once in 40 days" or "at most once in 7 days" (see HowOften); where that is longer than the history, "not seen in
/// the 14 days of history", or "less than once in 14 days" where one of the same type was or only the budget tells;
/// empty where nothing is known.
[[nodiscard]] std::string RarityText(const IncidentFact& fact);

}  // namespace bellwether
