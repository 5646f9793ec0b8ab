namespace Personalization.Tests.Architecture.Reading;

/// <summary>
/// Where a type lives below the root namespace. A module's own registration and options stand in no room; what stands in
/// the root itself (the product's composition) belongs to no module. Both are written as the empty string.
/// </summary>
internal readonly record struct Place(string Module, string Room)
{
    public const string Kernel = "Kernel";

    public bool IsComposition => Module.Length == 0;

    public bool IsKernel => Module == Kernel;

    public bool IsModule => !IsComposition && !IsKernel;
}
