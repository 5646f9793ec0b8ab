namespace Personalization.Features.Domain;

/// <summary>
/// The version of a state that depends on settings. With other settings the same log comes to another state, and a checkpoint of the former one
/// would mix both: it is discarded, and the log replayed once.
/// </summary>
internal static class SettingsVersion
{
    /// <param name="format">Version of the rows.</param>
    /// <param name="settings">All settings that decide what is kept.</param>
    public static int Of(int format, params IEnumerable<string> settings)
    {
        // FNV-1a: the same in every process, which string.GetHashCode is not.
        var hash = unchecked((uint)((int)2166136261 ^ format));
        foreach (var character in string.Join('\n', settings))
        {
            hash = unchecked((hash ^ character) * 16777619);
        }

        return unchecked((int)hash);
    }
}
