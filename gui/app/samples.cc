#include "gui/app/samples.h"

#include <QDir>
#include <QFileInfo>
#include <string>

#include "engine/cli/output_file.h"
#include "gui/app/sample_texts.h"
#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

using File = SampleProject::File;

constexpr File kRetryStormFiles[] = {{"checkout-retry-storm.yaml", &samples::kRetryStorm},
                                     {"meshes/online-boutique.yaml", &samples::kOnlineBoutique}};
constexpr File kCanaryFiles[] = {{"bookinfo-canary.yaml", &samples::kBookinfoCanary},
                                 {"meshes/bookinfo.yaml", &samples::kBookinfo},
                                 {"istio/reviews-canary.yaml", &samples::kReviewsCanary}};
constexpr File kCascadeFiles[] = {{"erp-cascade.yaml", &samples::kErpCascade},
                                  {"meshes/erp-shop.yaml", &samples::kErpShop}};
constexpr File kZoneFiles[] = {{"zone-loss.yaml", &samples::kZoneLoss},
                               {"meshes/bank-of-anthos.yaml", &samples::kZoneLossMesh}};

constexpr SampleProject kSamples[] = {
    {"checkout-retry-storm",
     "Online Boutique: six slow seconds of payment, tried again at three layers.",
     kRetryStormFiles},
    {"bookinfo-canary", "Bookinfo with Istio's own files: a canary whose build is bad.",
     kCanaryFiles},
    {"erp-cascade", "An ERP that hangs takes a whole shop with it.", kCascadeFiles},
    {"zone-loss", "Bank of Anthos: one zone of three dies for a minute.", kZoneFiles},
};

}  // namespace

std::span<const SampleProject> sample_projects() { return kSamples; }

proxy::Result<QString> unpack_sample(const SampleProject& sample, const QString& folder) {
  const QDir home(QDir(folder).filePath(words(sample.name)));
  for (const File& file : sample.files) {
    const QString path = home.filePath(words(file.path));
    if (QFileInfo::exists(path)) {
      continue;
    }
    if (!QDir().mkpath(QFileInfo(path).path())) {
      return proxy::fail("the folder cannot be made", QFileInfo(path).path().toStdString());
    }
    if (auto written = engine::write_output(path.toStdString(), *file.text); !written) {
      return tl::unexpected(written.error());
    }
  }
  return home.filePath(words(sample.files.front().path));
}

}  // namespace shaketable::gui
