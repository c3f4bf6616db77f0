// What a folder is refused for before its weights are read: models of kinds that crossrank does not have.
#include "arch/model_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/test_folder.h"
#include "crossrank/error.h"

namespace crossrank {
namespace {

std::string message_of(const std::string& config, const std::string& modules = "") {
  const TestFolder folder;
  std::ofstream(folder.path() / "config.json") << config;
  if (!modules.empty()) std::ofstream(folder.path() / "modules.json") << modules;
  try {
    (void)ModelFolder::open(folder.path());
  } catch (const Error& problem) {
    EXPECT_EQ(problem.code(), ErrorCode::kUnsupported);
    return problem.what();
  }
  return "no error";
}

TEST(UnsupportedModels, are_refused_with_what_they_are_and_why) {
  const auto says = [](const std::string& model_type, const std::string& words) {
    const std::string message = message_of(R"({"model_type":")" + model_type + "\"}");
    EXPECT_NE(message.find("\"" + model_type + "\""), std::string::npos) << message;
    EXPECT_NE(message.find(words), std::string::npos) << message;
    EXPECT_NE(message.find("xlm-roberta"), std::string::npos) << message;  // what there is instead
  };
  says("t5", "an encoder and a decoder");
  says("qwen3", "a decoder");
  says("gemma2", "a decoder");
  says("deberta", "of the first version");
  says("albert", "share their weights");
  says("longformer", "leaves out most pairs");
  says("nomic_bert", "Python code of its own");
  says("something-else", "not an architecture that crossrank has");
}

TEST(UnsupportedModels, of_late_interaction_are_known_by_their_class_and_by_their_modules) {
  const std::string bert = R"({"model_type":"bert","architectures":["HF_ColBERT"]})";
  EXPECT_NE(message_of(bert).find("late interaction"), std::string::npos) << message_of(bert);
  const std::string modules = R"([{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
    {"idx":1,"name":"1","path":"1_Dense","type":"pylate.models.Dense.Dense"}])";
  EXPECT_NE(message_of(R"({"model_type":"bert"})", modules).find("late interaction"), std::string::npos);
}

}  // namespace
}  // namespace crossrank
