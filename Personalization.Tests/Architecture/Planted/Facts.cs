// A world of facts, some of which are none.
namespace Personalization.Planted.Facts.Identity.Contracts
{
    using MediatR;

    public sealed record ProfilesMerged(int From, int Into) : INotification;

    public sealed record ConsentWithdrawn(int ProfileId) : INotification;

    public sealed record MergeProfiles(int From, int Into) : INotification;

    public sealed class NameChanged : INotification
    {
        public string? Name { get; set; }
    }

    public sealed record ItemsCounted(IReadOnlyList<int> Counts, int[] Changeable) : INotification;

    public sealed record NobodyWasTold : INotification;
}

namespace Personalization.Planted.Facts.Identity.Domain
{
    using MediatR;

    public sealed record HiddenAndMerged(int Profile) : INotification;
}

namespace Personalization.Planted.Facts.Features.Pipeline
{
    using MediatR;
    using Personalization.Planted.Facts.Identity.Contracts;

    public sealed class MoveFeatures : INotificationHandler<ProfilesMerged>
    {
        public Task Handle(ProfilesMerged notification, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    public sealed class Eavesdropper : NotificationHandler<ProfilesMerged>
    {
        protected override void Handle(ProfilesMerged notification) => ArgumentNullException.ThrowIfNull(notification);
    }
}
