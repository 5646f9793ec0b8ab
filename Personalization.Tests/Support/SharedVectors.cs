using NUnit.Framework;

namespace Personalization.Tests.Support;

/// <summary>
/// Conformance vectors and recordings that are too large, or not ours, to lie in the repository: a folder <c>shared/vectors</c> beside
/// the checkout. A test that needs them is skipped, and says so, where they are not.
/// </summary>
internal static class SharedVectors
{
    /// <summary>Full path of a file or folder of the vectors; skips the running test when it is not there.</summary>
    public static string Find(params string[] parts)
    {
        var path = Path.Combine([Root, .. parts]);
        if (!Path.Exists(path))
        {
            Assert.Ignore($"Skipped: the conformance vectors are not here ({path}).");
        }

        return path;
    }

    /// <summary>Whether a file or folder of the vectors is there: for test case sources, which cannot skip.</summary>
    public static bool Exist(params string[] parts) => Path.Exists(Path.Combine([Root, .. parts]));

    private static string Root { get; } = Path.Combine(Checkout.Root, "..", "shared", "vectors");
}
