// A user's program: ranks two documents with an installed crossrank and prints their positions, the best first.
#include <crossrank/reranker.h>

#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::vector<std::string> documents = {"Bake the bread for forty minutes.", "K2 is 8,611 metres tall."};
  const auto reranker = crossrank::Reranker::load(argv[1]);
  for (const auto& hit : reranker.rank("how tall is K2?", documents, {.top_k = 2})) {
    std::cout << hit.index << ' ' << hit.score << ' ' << documents[static_cast<size_t>(hit.index)] << '\n';
  }
}
