namespace Personalization.Host.Demo;

/// <summary>
/// Takes <c>--demo</c> out of the command line. It is a switch without a value, and the configuration would otherwise take the
/// next argument for its value: <c>--demo --urls …</c> would lose the address.
/// </summary>
internal sealed record DemoArguments(bool IsDemo, string[] Remaining)
{
    public static DemoArguments Parse(string[] args)
    {
        var remaining = args.Where(argument => argument is not "--demo").ToArray();
        return new DemoArguments(remaining.Length < args.Length, remaining);
    }
}
