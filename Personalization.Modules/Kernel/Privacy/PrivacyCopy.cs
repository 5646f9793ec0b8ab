using Microsoft.Data.Sqlite;

namespace Personalization.Kernel.Privacy;

/// <summary>
/// Copies who is suppressed for a replay: events of them that are in the log are dropped there as they were here.
/// </summary>
internal static class PrivacyCopy
{
    private const string KeyName = "privacy.key";

    /// <summary>Leaves nothing where there is nothing.</summary>
    public static void Take(string from, string into)
    {
        var path = Path.Combine(from, PrivacyFile.Name + ".db");
        if (!File.Exists(path))
        {
            return;
        }

        File.Copy(Path.Combine(from, KeyName), Path.Combine(into, KeyName));
        using var file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ToString());
        using var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(into, PrivacyFile.Name + ".db"), Pooling = false }.ToString());
        file.Open();
        copy.Open();
        file.BackupDatabase(copy);
    }
}
