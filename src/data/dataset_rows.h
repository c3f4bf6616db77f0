// The parts that DatasetReader::open puts together: the rows of a file, of several files in turn, and a slice of rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/split_spec.h"

namespace crossrank {

/// The rows of one file or of standard input.
std::unique_ptr<DatasetReader> read_file_rows(const std::string& path, InputFormat format);

/// The rows of files in turn, under one name. Each has the first one's columns, in any order; Error(kInput) names the file that has
/// others.
std::unique_ptr<DatasetReader> read_shard_rows(std::string name, std::vector<std::string> paths, InputFormat format);

/// The rows of files that a slice holds. They are counted first where the slice counts from the end or in percent; Error(kInput) where
/// they come from standard input and would have to be.
std::unique_ptr<DatasetReader> read_sliced_rows(std::string name, std::vector<std::string> paths, InputFormat format,
                                                const SplitSpec& spec);

}  // namespace crossrank
