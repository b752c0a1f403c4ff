#include "gui/wizards/policy_wizard.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QTest>

#include <gtest/gtest.h>

#include "gui/wizards/diff_view.h"
#include "gui/wizards/form_fields.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

class PolicyWizardTest : public testing::Test {
 protected:
  PolicyWizardTest() { bench_.create(QStringLiteral("shop.yaml"), kTestShop); }

  PolicyWizard& open(WizardKind kind, const Selection& of = Selection::of_service("stock")) {
    bench_.select(of);
    wizard_ = std::make_unique<PolicyWizard>(kind, bench_, Theme::light());
    wizard_->show();
    return *wizard_;
  }
  template <typename Widget>
  Widget& find(const char* name) {
    auto* const found = wizard_->findChild<Widget*>(QLatin1String(name));
    EXPECT_NE(found, nullptr) << name;
    return *found;
  }
  std::string diff() { return wizard_->diff().toPlainText().toStdString(); }
  /// Applies, and returns the text of the scenario.
  std::string applied() {
    QTest::mouseClick(&wizard_->apply_button(), Qt::LeftButton);
    return text_of(bench_);
  }

  Workbench bench_;
  std::unique_ptr<PolicyWizard> wizard_;
};

TEST_F(PolicyWizardTest, EveryWizardOpensOnEverySelectionAndNothingIsAppliedByLooking) {
  for (const WizardInfo& info : wizard_infos()) {
    for (const Selection& selection :
         {Selection{}, Selection::of_service("stock"), Selection::of_edge("shop", "stock")}) {
      PolicyWizard& wizard = open(info.kind, selection);
      ASSERT_NE(wizard.form(), nullptr) << info.title;
      EXPECT_EQ(wizard.callee().currentText(), QStringLiteral("stock")) << info.title;
      wizard.reject();
      EXPECT_EQ(text_of(bench_), kTestShop) << info.title;
    }
  }
}

TEST_F(PolicyWizardTest, TrafficShiftingMakesACanaryOfAServiceWithOneVersion) {
  PolicyWizard& wizard = open(WizardKind::kTrafficShifting);
  auto* const shares = wizard.form()->findChild<SharesEditor*>();
  ASSERT_NE(shares, nullptr);
  shares->number(1)->setValue(25);
  EXPECT_EQ(shares->slider(0)->value(), 75);
  EXPECT_NE(diff().find("split: {v1: 75%, v2: 25%}"), std::string::npos) << diff();
  const std::string text = applied();
  EXPECT_NE(text.find("versions: {v1: {instances: 3}, v2: {instances: 1}}"), std::string::npos)
      << text;
  ASSERT_EQ(bench_.scenario()->mesh.services[1].versions.size(), 2);
  bench_.undo();
  EXPECT_EQ(text_of(bench_), kTestShop) << "one step";
}

TEST_F(PolicyWizardTest, TrafficShiftingStartsFromTheWeightsThatHold) {
  open(WizardKind::kTrafficShifting);
  applied();
  PolicyWizard& again = open(WizardKind::kTrafficShifting);
  const auto shares = again.form()->findChild<SharesEditor*>()->shares();
  EXPECT_EQ(shares, (std::vector<std::pair<std::string, int>>{{"v1", 90}, {"v2", 10}}));
  EXPECT_FALSE(again.apply_button().isEnabled()) << "nothing to change";
}

TEST_F(PolicyWizardTest, TrafficShiftingDoesNotRepeatTheWeightsOfAPolicyFile) {
  ASSERT_TRUE(bench_.open(QStringLiteral("scenarios/bookinfo-canary.yaml")));
  PolicyWizard& wizard = open(WizardKind::kTrafficShifting, Selection::of_service("reviews"));
  EXPECT_FALSE(wizard.apply_button().isEnabled()) << diff();
  auto* const shares = wizard.form()->findChild<SharesEditor*>();
  shares->number(2)->setValue(20);
  EXPECT_NE(diff().find("split: {v1: 0%, v2: 80%, v3: 20%}"), std::string::npos) << diff();
  EXPECT_TRUE(wizard.apply_button().isEnabled());
}

TEST_F(PolicyWizardTest, RequestRoutingPutsANewRuleBeforeTheOthers) {
  open(WizardKind::kTrafficShifting);
  applied();
  open(WizardKind::kRequestRouting);
  QTest::keyClicks(&find<QLineEdit>("header"), QStringLiteral("x-tester"));
  find<QComboBox>("to").setCurrentIndex(1);
  EXPECT_NE(applied().find("routes: [{match: {headers: {x-tester: {present: true}}}, to: v2}]"),
            std::string::npos)
      << text_of(bench_);

  open(WizardKind::kRequestRouting);
  QTest::keyClicks(&find<QLineEdit>("header"), QStringLiteral("x-group"));
  QTest::keyClicks(&find<QLineEdit>("value"), QStringLiteral("beta"));
  const std::string text = applied();
  EXPECT_LT(text.find("x-group: beta"), text.find("x-tester")) << text;
  EXPECT_EQ(bench_.scenario()->mesh.policies.front().rules.size(), 3);

  open(WizardKind::kRequestRouting);
  auto& rules = find<QListWidget>("rules");
  ASSERT_EQ(rules.count(), 2);
  rules.setCurrentRow(0);
  for (QPushButton* const button : wizard_->form()->findChildren<QPushButton*>()) {
    if (button->text() == QStringLiteral("Down")) {
      QTest::mouseClick(button, Qt::LeftButton);
    }
  }
  const std::string moved = applied();
  EXPECT_GT(moved.find("x-group: beta"), moved.find("x-tester")) << moved;
}

TEST_F(PolicyWizardTest, FaultInjectionWritesDelayAndAbort) {
  open(WizardKind::kFaultInjection);
  find<OptionalDuration>("delay").tick().setChecked(true);
  find<OptionalNumber>("abort").tick().setChecked(true);
  EXPECT_NE(applied().find("fault: {delay: {fixed_delay: 2s, percent: 10%}, abort: {status: 503, "
                           "percent: 10%}}"),
            std::string::npos)
      << text_of(bench_);
}

TEST_F(PolicyWizardTest, RequestTimeoutsKeepWhatIsWrittenOfRetries) {
  open(WizardKind::kRequestTimeouts);
  find<OptionalDuration>("timeout").tick().setChecked(true);
  find<OptionalNumber>("retries").number().setValue(4);
  const std::string text = applied();
  EXPECT_NE(text.find("retries: {attempts: 4, per_try_timeout: 200ms, retry_on: [5xx]}"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("timeout: 1s"), std::string::npos) << text;
}

TEST_F(PolicyWizardTest, CircuitBreakerForOneCallerStandsUnderItsName) {
  PolicyWizard& wizard = open(WizardKind::kCircuitBreaker, Selection::of_edge("shop", "stock"));
  EXPECT_EQ(wizard.caller().currentText(), QStringLiteral("shop"));
  find<OptionalNumber>("max_requests").set(7);
  const std::string text = applied();
  EXPECT_NE(text.find("from: {shop: {circuit_breakers: {max_requests: 7}}}"), std::string::npos)
      << text;
}

TEST_F(PolicyWizardTest, CircuitBreakerTakesOutlierDetectionAway) {
  open(WizardKind::kCircuitBreaker);
  find<OptionalNumber>("consecutive_5xx").set(std::nullopt);
  EXPECT_NE(applied().find("outlier_detection: false"), std::string::npos) << text_of(bench_);
}

TEST_F(PolicyWizardTest, MirroringIsSetAndTakenAway) {
  bench_.edit(add_service(bench_.document().source(), "shadow"));
  open(WizardKind::kMirroring);
  auto& to = find<QComboBox>("mirror_to");
  to.setCurrentIndex(to.findData(QStringLiteral("shadow")));
  EXPECT_NE(applied().find("mirror: {to: shadow, percent: 100%}"), std::string::npos)
      << text_of(bench_);
  open(WizardKind::kMirroring);
  EXPECT_EQ(find<QComboBox>("mirror_to").currentData().toString(), QStringLiteral("shadow"));
  find<QComboBox>("mirror_to").setCurrentIndex(0);
  EXPECT_EQ(applied().find("mirror"), std::string::npos) << text_of(bench_);
}

TEST_F(PolicyWizardTest, AMistakeIsShownBesideTheFormAndCannotBeApplied) {
  PolicyWizard& wizard = open(WizardKind::kRequestTimeouts);
  auto& timeout = find<OptionalDuration>("timeout");
  timeout.tick().setChecked(true);
  timeout.line().setText(QStringLiteral("soon"));
  EXPECT_FALSE(wizard.apply_button().isEnabled());
  EXPECT_TRUE(find<QLabel>("wizard_problems").text().contains(QStringLiteral("expected")))
      << find<QLabel>("wizard_problems").text().toStdString();
  timeout.line().setText(QStringLiteral("2s"));
  EXPECT_TRUE(wizard.apply_button().isEnabled());
}

TEST_F(PolicyWizardTest, PushesToARunAndTheSavedScenarioGivesTheSameRun) {
  run_and_pause_at(bench_, engine::Instant(3s));
  PolicyWizard& wizard = open(WizardKind::kCircuitBreaker);
  EXPECT_TRUE(wizard.push_button().isVisibleTo(&wizard));
  find<OptionalNumber>("max_requests").set(1);
  QTest::mouseClick(&wizard.push_button(), Qt::LeftButton);
  wait_for([&] { return bench_.shown()->status.acts == 1; });
  EXPECT_EQ(text_of(bench_), kTestShop) << "the scenario stays";
  bench_.set_speed(RunHandle::kAsFastAsItGoes);
  bench_.run_until(engine::Instant(20s));
  wait_for([&] { return bench_.shown()->result != nullptr; });
  const std::uint64_t fingerprint = bench_.shown()->status.fingerprint;
  bench_.keep_acts();
  EXPECT_NE(text_of(bench_).find("config_push"), std::string::npos);
  run_to_end(bench_);
  EXPECT_EQ(bench_.shown()->status.fingerprint, fingerprint);
}

TEST(SharesEditorTest, WhatIsLockedStaysAndTheSumIsAlwaysAHundred) {
  SharesEditor shares;
  shares.set({{"a", 50}, {"b", 30}, {"c", 20}});
  shares.number(0)->setValue(90);
  int sum = 0;
  for (const auto& [name, share] : shares.shares()) {
    sum += share;
  }
  EXPECT_EQ(sum, 100);
  EXPECT_EQ(shares.shares()[0].second, 90);
  shares.number(0)->setValue(0);
  EXPECT_EQ(shares.shares()[1].second + shares.shares()[2].second, 100);

  shares.set({{"a", 50}, {"b", 30}, {"c", 20}});
  shares.findChildren<QCheckBox*>().last()->setChecked(true);
  shares.number(0)->setValue(70);
  EXPECT_EQ(shares.shares(),
            (std::vector<std::pair<std::string, int>>{{"a", 70}, {"b", 10}, {"c", 20}}));
  shares.number(0)->setValue(90);
  EXPECT_EQ(shares.shares()[0].second, 80) << "no more than what is not locked";
  EXPECT_EQ(shares.shares()[2].second, 20);
}

}  // namespace
}  // namespace shaketable::gui
