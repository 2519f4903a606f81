Console.WriteLine("nb");
