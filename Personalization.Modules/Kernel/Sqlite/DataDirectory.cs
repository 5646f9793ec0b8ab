using Microsoft.Extensions.Configuration;

namespace Personalization.Kernel.Sqlite;

/// <summary>Where the files of this installation live: one SQLite file per module and one for the log.</summary>
public sealed class DataDirectory
{
    /// <param name="configuration">The <c>Personalization</c> section; <c>DataDirectory</c> is a path, default <c>data</c> under the working directory.</param>
    public DataDirectory(IConfiguration configuration)
    {
        Path = System.IO.Path.GetFullPath(configuration["DataDirectory"] is { Length: > 0 } configured ? configured : "data");
        Directory.CreateDirectory(Path);
    }

    internal DataDirectory(string path) => Path = path;

    public string Path { get; }

    internal string File(string name) => System.IO.Path.Combine(Path, name + ".db");
}
