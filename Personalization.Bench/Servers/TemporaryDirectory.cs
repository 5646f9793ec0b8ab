namespace Personalization.Bench.Servers;

/// <summary>A directory that is deleted with everything in it, also when the bench is interrupted.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Existing = [];

    public TemporaryDirectory()
    {
        FullPath = Directory.CreateTempSubdirectory("personalization-bench-").FullName;
        lock (Gate)
        {
            Existing.Add(FullPath);
        }
    }

    public string FullPath { get; }

    public static void DeleteAll()
    {
        string[] left;
        lock (Gate)
        {
            left = [.. Existing];
            Existing.Clear();
        }

        foreach (var path in left.Where(Directory.Exists))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            Existing.Remove(FullPath);
        }

        if (Directory.Exists(FullPath))
        {
            Directory.Delete(FullPath, recursive: true);
        }
    }
}
