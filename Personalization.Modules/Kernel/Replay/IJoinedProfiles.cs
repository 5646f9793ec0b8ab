using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Replay;

/// <summary>Tells of which profiles one has ever become the other's, whether that was taken back since or not.</summary>
internal interface IJoinedProfiles
{
    /// <summary>Reads as it goes; any order, and the same pair any number of times.</summary>
    /// <param name="cut">A folder with the files of a checkpoint.</param>
    IEnumerable<(int One, int Other)> Read(DataDirectory cut);
}
