#include "gui/app/desktop_appearance.h"

#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <utility>

namespace shaketable::gui {
namespace {

const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString kAppearance = QStringLiteral("org.freedesktop.appearance");
const QString kScheme = QStringLiteral("color-scheme");
const QString kMotion = QStringLiteral("reduced-motion");
const QString kGnome = QStringLiteral("org.gnome.desktop.interface");
const QString kAnimations = QStringLiteral("enable-animations");

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
  for (const auto& [space, key] : {std::pair(kAppearance, kScheme), std::pair(kAppearance, kMotion),
                                   std::pair(kGnome, kAnimations)}) {
    QDBusMessage question =
        QDBusMessage::createMethodCall(service, kPath, kInterface, QStringLiteral("Read"));
    question << space << key;
    auto* const answer = new QDBusPendingCallWatcher(portal.asyncCall(question), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this,
            [this, answer, space = space, key = key] {
              const QDBusPendingReply<QDBusVariant> reply = *answer;
              if (!reply.isError()) {
                take_over(space, key, reply.value().variant());
              }
              answer->deleteLater();
            });
  }
}

void DesktopAppearance::note_change(const QDBusMessage& signal) {
  const QVariantList parts = signal.arguments();
  if (parts.size() == 3) {
    take_over(parts[0].toString(), parts[1].toString(), parts[2]);
  }
}

// Of schemes 1 is dark and 2 light; 0 is no wish, and what else there may be one day is none that
// is known. `Read` wraps the value once more than the signal does.
void DesktopAppearance::take_over(const QString& space, const QString& key, const QVariant& value) {
  QVariant inner = value;
  while (inner.canConvert<QDBusVariant>()) {
    inner = inner.value<QDBusVariant>().variant();
  }
  const bool was_calm = is_calm();
  if (space == kAppearance && key == kScheme) {
    const uint scheme = inner.toUInt();
    const bool dark = scheme == 1 || (scheme != 2 && palette_is_dark_);
    if (dark != is_dark_) {
      is_dark_ = dark;
      Q_EMIT changed(dark);
    }
  } else if (space == kAppearance && key == kMotion) {
    wants_less_motion_ = inner.toUInt() == 1;
  } else if (space == kGnome && key == kAnimations) {
    has_animations_ = inner.toBool();
  }
  if (is_calm() != was_calm) {
    Q_EMIT calm_changed(is_calm());
  }
}

}  // namespace shaketable::gui
