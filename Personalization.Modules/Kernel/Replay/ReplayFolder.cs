using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Replay;

/// <summary>
/// A folder for one replay below the data directory, gone with it. It holds copies of derived state, so what a process that was killed
/// has left is removed by the next one: the lock that it holds ends with it.
/// </summary>
internal sealed class ReplayFolder : IDisposable
{
    private const string Parent = "replay";
    private const string LockName = "in-use";
    private readonly FileStream _lock;

    private ReplayFolder(string path)
    {
        Path = path;
        Directory.CreateDirectory(path);
        _lock = new FileStream(System.IO.Path.Combine(path, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    public string Path { get; }

    public static ReplayFolder Create(string dataDirectory, TimeProvider time)
    {
        Sweep(dataDirectory);
        return new ReplayFolder(System.IO.Path.Combine(dataDirectory, Parent, Guid.CreateVersion7(time.GetUtcNow()).ToString("N")));
    }

    /// <summary>Removes what nobody uses any more.</summary>
    public static void Sweep(string dataDirectory)
    {
        var parent = new DirectoryInfo(System.IO.Path.Combine(dataDirectory, Parent));
        foreach (var left in parent.Exists ? parent.GetDirectories() : [])
        {
            if (!IsInUse(System.IO.Path.Combine(left.FullName, LockName)))
            {
                left.Delete(recursive: true);
            }
        }
    }

    /// <summary>A folder within.</summary>
    public DataDirectory Below(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(path);
        return new DataDirectory(path);
    }

    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    private static bool IsInUse(string lockPath)
    {
        try
        {
            using var alone = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
