// The head of a model card: what the Hub reads.
#pragma once

#include "run/card/yaml.h"
#include "run/model_card.h"

namespace crossrank {

/// language, license, tags, base_model, datasets, pipeline_tag, library_name, metrics and model-index, in the reference's order; what is
/// not known, or could not be valid there (a base model that is a folder, a metric that is no number), is left out.
OrderedJson card_metadata(const ModelCard& card, const std::vector<CardMeasurement>& measurements);

/// The title: the given one, else "CrossEncoder based on BASE".
std::string card_title(const ModelCard& card);

}  // namespace crossrank
