// crossrank as one of the peers of bench/peers/run_peers.py: the protocol is that of bench/peers/driver.py.
#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "crossrank/reranker.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

long peak_rss_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// --name value ...
std::map<std::string, std::string> options_of(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 1; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  return options;
}

crossrank::Precision precision_of(const std::string& name) {
  if (name == "fp32") return crossrank::Precision::kFp32;
  if (name == "bf16") return crossrank::Precision::kBf16;
  if (name == "int8") return crossrank::Precision::kInt8;
  throw std::invalid_argument("--variant: fp32, bf16 or int8");
}

void serve(const std::map<std::string, std::string>& options) {
  std::ifstream file(options.at("--workload"));
  const nlohmann::json request = nlohmann::json::parse(file);
  const std::string query = request.at("query");
  const auto documents = request.at("documents").get<std::vector<std::string>>();

  crossrank::LoadOptions load;
  load.precision = precision_of(options.at("--variant"));
  load.threads = std::stoi(options.at("--threads"));
  const auto reranker = crossrank::Reranker::load(options.at("--model"), load);

  std::vector<float> logits(documents.size());
  const auto run = [&] {
    for (const crossrank::Ranking& hit : reranker.rank(query, documents)) logits[hit.index] = hit.logit;
  };
  run();
  std::cout << nlohmann::json{{"ready", options.at("--variant")}} << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "logits") {
      std::cout << nlohmann::json{{"logits", logits}} << std::endl;
      continue;
    }
    const auto start = Clock::now();
    run();
    const double seconds = seconds_since(start);
    std::cout << nlohmann::json{{"seconds", seconds}, {"peak_rss_mib", peak_rss_mib()}} << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    serve(options_of(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "crossrank_driver: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
