// Results files: CSV files to which each evaluation adds a row, byte for byte those of the reference.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/python_number.h"

namespace crossrank {

/// An epoch as the reference's trainer hands it over: a float, but the integer -1 outside training.
std::string python_epoch(double epoch);

struct ResultsFile {
  std::string name;                  // "CrossEncoderRerankingEvaluator_gooaq-dev_results_@10.csv"
  std::vector<std::string> header;   // of a file that is not there yet
  const char* end_of_line = "\r\n";  // what Python's csv module writes
};

/// Adds a row to FOLDER/NAME, with the header first where there is no such file; the folder is made where it is absent. The file changes as
/// a whole or not at all. Error(kIo); Error(kUsage) where the evaluator's name would lead out of the folder.
void append_results(const std::filesystem::path& folder, const ResultsFile& file, const std::vector<std::string>& row);

}  // namespace crossrank
