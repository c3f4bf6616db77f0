// read_pairs, read_corpus: what is mined from, out of data sets.
#pragma once

#include <functional>
#include <string>

#include "crossrank/error.h"
#include "data/dataset.h"
#include "mining/mined_rows.h"
#include "mining/mining_pairs.h"

namespace crossrank {

/// Is told of a bad row, which is then passed over; without it a bad row ends the run.
using OnBadRow = std::function<void(const Error& problem)>;

/// The two columns that the options name: else the first, and the second. Error(kInput) where there are fewer than two or no such name,
/// Error(kUsage) where both are the same.
PairColumns pair_columns(const DatasetReader& data, const MiningOptions& options);

/// Adds every row's pair. Error(kInput) names file, row and field: a cell that is no text, a text of nothing but white space; or says
/// that the data set is empty.
void read_pairs(DatasetReader& data, const PairColumns& columns, const OnBadRow& on_bad_row, MiningPairs& pairs);

/// Adds every row's text. `field` names the column: else it is the one with the pairs' name for positives, else "text", else the only one.
void read_corpus(DatasetReader& data, const std::string& field, const PairColumns& pair_columns, const OnBadRow& on_bad_row,
                 MiningPairs& pairs);

}  // namespace crossrank
