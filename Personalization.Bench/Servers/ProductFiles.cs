namespace Personalization.Bench.Servers;

/// <summary>Where the programs are: beside the bench, unless another host was named.</summary>
internal sealed record ProductFiles(string Bench, string Host, string RuntimeConfig)
{
    /// <exception cref="FileNotFoundException">There is no built host.</exception>
    public static ProductFiles Find(string? hostFile)
    {
        var host = Path.GetFullPath(hostFile ?? Path.Combine(AppContext.BaseDirectory, "Personalization.Host.dll"));
        var files = new ProductFiles(
            Path.Combine(AppContext.BaseDirectory, "Personalization.Bench.dll"), host, Path.ChangeExtension(host, ".runtimeconfig.json"));
        var missing = new[] { files.Host, files.RuntimeConfig }.FirstOrDefault(file => !File.Exists(file));
        return missing is null ? files : throw new FileNotFoundException($"There is no {missing}: build the host first.");
    }
}
