using System.Globalization;

namespace Personalization.Tests.Features.Model;

/// <summary>How many random worlds a test tries: a few on every build, as many as somebody has time for otherwise.</summary>
internal static class ModelSeeds
{
    public static int Count(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("PERSONALIZATION_MODEL_SEEDS"), CultureInfo.InvariantCulture, out var count) ? count : usual;
}
