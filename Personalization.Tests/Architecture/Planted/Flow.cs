// A world whose registration says Tracking, Identity, Features; and in which some look the other way.
namespace Personalization.Planted.Flow
{
    using Personalization.Planted.Flow.Features;
    using Personalization.Planted.Flow.Identity;
    using Personalization.Planted.Flow.Kernel;
    using Personalization.Planted.Flow.Tracking;

    public static class Registration
    {
        public static List<string> AddPlanted(List<string> services) =>
            services.AddKernel().AddTracking().AddOther().AddIdentity().AddFeatures();

        public static List<string> AddOther(this List<string> services) => services;
    }
}

namespace Personalization.Planted.Flow.Kernel
{
    public static class KernelModule
    {
        public static List<string> AddKernel(this List<string> services) => services;
    }
}

namespace Personalization.Planted.Flow.Kernel.Log
{
    public class Curious
    {
        public Tracking.Contracts.IEvents? Events { get; set; }
    }
}

namespace Personalization.Planted.Flow.Tracking
{
    public static class TrackingModule
    {
        public static List<string> AddTracking(this List<string> services) => services;
    }
}

namespace Personalization.Planted.Flow.Tracking.Contracts
{
    public interface IEvents;
}

namespace Personalization.Planted.Flow.Tracking.Domain
{
    public class LooksAhead
    {
        public static Features.Contracts.IFeatures? Ask() => null;
    }

    public class LooksAtTheComposition
    {
        public static List<string> Register() => Registration.AddPlanted([]);
    }
}

namespace Personalization.Planted.Flow.Identity
{
    public static class IdentityModule
    {
        public static List<string> AddIdentity(this List<string> services) => services;
    }
}

namespace Personalization.Planted.Flow.Features
{
    public static class FeaturesModule
    {
        public static List<string> AddFeatures(this List<string> services) => services;
    }
}

namespace Personalization.Planted.Flow.Features.Contracts
{
    public interface IFeatures;
}

namespace Personalization.Planted.Flow.Features.Domain
{
    public class InnocentlyLooksBack
    {
        public static Tracking.Contracts.IEvents? Ask() => null;
    }
}

namespace Personalization.Planted.Flow.Forgotten.Domain
{
    public class NobodyRegistersMe;
}
