#include "gui/app/desktop_appearance.h"

#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>

namespace shaketable::gui {
namespace {

const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString kSpace = QStringLiteral("org.freedesktop.appearance");
const QString kKey = QStringLiteral("color-scheme");

}  // namespace

DesktopAppearance::DesktopAppearance(bool palette_is_dark, const QDBusConnection& bus,
                                     const QString& service, QObject* parent)
    : QObject(parent), palette_is_dark_(palette_is_dark), is_dark_(palette_is_dark) {
  if (!bus.isConnected()) {
    return;
  }
  QDBusConnection portal = bus;
  // A slot that takes the message: one that takes a QDBusVariant is not found.
  portal.connect(service, kPath, kInterface, QStringLiteral("SettingChanged"), this,
                 SLOT(note_change(QDBusMessage)));
  QDBusMessage question =
      QDBusMessage::createMethodCall(service, kPath, kInterface, QStringLiteral("Read"));
  question << kSpace << kKey;
  auto* const answer = new QDBusPendingCallWatcher(portal.asyncCall(question), this);
  connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer] {
    const QDBusPendingReply<QDBusVariant> reply = *answer;
    if (!reply.isError()) {
      take_over(reply.value().variant());
    }
    answer->deleteLater();
  });
}

void DesktopAppearance::note_change(const QDBusMessage& signal) {
  const QVariantList parts = signal.arguments();
  if (parts.size() == 3 && parts[0].toString() == kSpace && parts[1].toString() == kKey) {
    take_over(parts[2]);
  }
}

// 1 is dark and 2 light; 0 is no wish, and what else there may be one day is none that is known.
// `Read` wraps the value once more than the signal does.
void DesktopAppearance::take_over(const QVariant& value) {
  QVariant inner = value;
  while (inner.canConvert<QDBusVariant>()) {
    inner = inner.value<QDBusVariant>().variant();
  }
  const uint scheme = inner.toUInt();
  const bool dark = scheme == 1 || (scheme != 2 && palette_is_dark_);
  if (dark != is_dark_) {
    is_dark_ = dark;
    Q_EMIT changed(dark);
  }
}

}  // namespace shaketable::gui
