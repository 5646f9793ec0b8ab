// A world with a room that no other module has.
namespace Personalization.Planted.Rooms.Tracking
{
    public static class TrackingModule;

    public class TrackingOptions;

    public class LostInTheHall;
}

namespace Personalization.Planted.Rooms.Tracking.Helpers
{
    public class UnknownRoom;
}

namespace Personalization.Planted.Rooms.Tracking.Domain.Duplicates
{
    public class InnocentInACorner
    {
        public sealed class Nested;
    }
}

namespace Personalization.Planted.Rooms.Kernel.Domain
{
    public class NotOfTheKernel;
}

namespace Personalization.Planted.Rooms.Kernel.Log
{
    public class InnocentInTheKernel;
}
